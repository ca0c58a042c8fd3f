# A normally open relay in the mains, held closed by RTS. No feedback: give hold longer than the supply bridges.
line = rts
inverted = 1
cuts = mains
hold = 5
