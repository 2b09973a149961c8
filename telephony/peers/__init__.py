"""The far ends of calls, as real SIP: softphones (baresip) and SIPp, for the demo, tests and benchmarks."""
