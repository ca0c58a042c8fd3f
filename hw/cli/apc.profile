# APC switched rack PDUs, AOS firmware 5 and later, over ssh: olStatus tells "N: NAME: On".
# Source: fence-agents fence_apc. Not tried with a unit.
agent = fence_apc
fabric = no
prompt = apc>
status = olStatus all
separator = :
plug-word = 1
name-word = 2
state-word = 3
off-is = Off
on-is = On
switch-off = olOff {plug}
switch-on = olOn {plug}
refused = E102|E101|denied
