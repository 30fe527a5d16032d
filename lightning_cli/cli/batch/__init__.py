"""One run of ``batch``, from its options to its report.

batch_options ──► preparation (rows, plan, what is stale) ──► execution (build, book) ──► batch_output (progress)
"""
