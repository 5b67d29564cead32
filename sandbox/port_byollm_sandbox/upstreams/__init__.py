"""The vendors' APIs on loopback, as far as a connection test uses them: one completion, without a model.

Failed authentication, unknown models and rate limits are answered in each vendor's own format.
"""
