"""Answer where material came from and where it went (DESIGN §3): pure functions over a
`FlowSource`.
"""
