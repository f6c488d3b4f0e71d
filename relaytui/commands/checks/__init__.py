"""What `relaytui doctor` looks at: a file per matter. Each begins its checks on a `Checkup`; `doctor` lists them."""
