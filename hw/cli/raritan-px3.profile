# Raritan PX2 and PX3 switched PDUs: a line with the outlet's number (and its name), the state in a line below. Switching asks back.
# Groups of outlets are not known here: name the outlets themselves, separated by commas.
# Source: fence-agents fence_raritan_px3. Not tried with a unit.
agent = fence_raritan_px3
fabric = no
prompt = ] # | ] >
status = show outlets
heading = Outlet {plug}:
heading = Outlet {plug} - {name}:
row = Power state: {state}
off-is = Off
on-is = On
switch-off = power outlets {plug} off
switch-on = power outlets {plug} on
confirm = [y/n]
answer = y
refused = denied | invalid | unknown command | not permitted
