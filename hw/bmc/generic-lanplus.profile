# The same with IPMI 2.0 from the start.
agent = fence_ipmilanplus
lanplus = 1
