"""One run of ``batch``: its options come in, output files, a report and an exit code go out.

batch_options ──► preparation (rows, plan, what is stale) ──► execution (build, book) ──► batch_output (progress)
"""
