# A normally closed relay in the mains on a GPIO line (give line): high opens it.
inverted = 0
cuts = mains
hold = 5
