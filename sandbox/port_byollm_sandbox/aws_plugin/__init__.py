"""A stand-in for Pulumi's `aws` plugin: the types that a connection uses, over boto3, on loopback only.

The program keeps using `pulumi_aws`; wherever the sandbox is not involved, the real plugin serves it.
"""
