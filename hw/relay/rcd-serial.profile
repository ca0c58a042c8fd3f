# Across the reset pins, pulsed by RTS: cluster-glue's rcd_serial. Proves nothing, so never counts as off.
agent = fence_rcd_serial
line = rts
inverted = 0
cuts = reset
