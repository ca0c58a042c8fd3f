# HPE iLO 3, 4 and 5: IPMI 2.0. fence_ilo3 waits 4 s after each switch because the state lags behind the order there; here it is asked until it is true.
agent = fence_ilo3 fence_ilo4 fence_ilo5
lanplus = 1
