"""A stand-in for Pulumi's `aws` plugin: the types that a connection uses, over boto3, on loopback only.

Programs keep using `pulumi_aws`; outside of the sandbox, the real plugin serves it.
"""
