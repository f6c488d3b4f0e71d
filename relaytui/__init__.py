"""relaytui: a terminal dashboard that watches Tencent RTC relay tasks."""

__version__ = "0.1.0"
