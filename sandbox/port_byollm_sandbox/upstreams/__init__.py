"""The vendors' APIs on loopback, as far as a connection test uses them: one completion, without a model.

Authentication, unknown models and rate limits answer in each vendor's own form.
"""
