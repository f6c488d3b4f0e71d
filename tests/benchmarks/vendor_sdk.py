"""The least script on the vendor's SDK that asks about one task: `vendor_sdk.py TASK_ID`, set up by the environment.

A program of its own, which the benchmark of `relaytui check` runs beside it.
"""

import os
import sys

from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.trtc.v20190722 import models, trtc_client

scheme, _, host = os.environ["RELAYTUI_ENDPOINT"].partition("://")
credential = Credential(os.environ["TENCENTCLOUD_SECRET_ID"], os.environ["TENCENTCLOUD_SECRET_KEY"])
profile = ClientProfile(httpProfile=HttpProfile(protocol=scheme, endpoint=host))
client = trtc_client.TrtcClient(credential, os.environ["RELAYTUI_REGION"], profile)
request = models.DescribeStreamIngestRequest()
request.SdkAppId = int(os.environ["RELAYTUI_SDK_APP_ID"])
request.TaskId = sys.argv[1]
print(client.DescribeStreamIngest(request).Status)  # noqa: T201 - this is a command
