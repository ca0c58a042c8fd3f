# A normally open relay in the mains, held closed by DTR; power-good of the machine on DCD.
line = dtr
inverted = 1
cuts = mains
feedback = dcd
