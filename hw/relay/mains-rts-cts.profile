# A normally open relay in the mains, held closed by RTS; power-good of the machine on CTS.
line = rts
inverted = 1
cuts = mains
feedback = cts
