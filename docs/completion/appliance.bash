# bash completion for appliance and the commands of heartbeat it answers to.
# Names of nodes, links and groups come from the running daemon; without one there are none.

_appliance_keys() { # of the resource groups
  appliance status --json 2>/dev/null | grep -o '"key":"[^"]*"' | cut -d'"' -f4
}

_appliance_words() {
  local IFS=$'\n'
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

_appliance_which() { [ "$COMP_CWORD" = 1 ] && _appliance_words $'all\nforeign\nlocal\nfailback' "${COMP_WORDS[COMP_CWORD]}"; }
_appliance_nodes() { _appliance_words "$(cl_status listnodes 2>/dev/null)" "${COMP_WORDS[COMP_CWORD]}"; }

_crm_simulate() {
  local cur=${COMP_WORDS[COMP_CWORD]}
  case ${COMP_WORDS[COMP_CWORD - 1]} in
    -x | --xml-file | -I | --save-input | -O | --save-output | -G | --save-graph | -D | --save-dotfile | --output-to) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    -P | --profile) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    --output-as) _appliance_words $'text\nxml' "$cur" ;;
    *) _appliance_words $'--run\n--simulate\n--in-place\n--show-attrs\n--show-failcounts\n--show-scores\n--show-utilization\n--profile\n--repeat\n--node-up\n--node-down\n--node-fail\n--op-inject\n--op-fail\n--set-datetime\n--quorum\n--watchdog\n--ticket-grant\n--ticket-revoke\n--ticket-standby\n--ticket-activate\n--save-input\n--save-output\n--save-graph\n--save-dotfile\n--all-actions\n--live-check\n--xml-file\n--xml-pipe\n--output-as\n--output-to\n--text-fancy\n--quiet\n--verbose\n--version\n--help' "$cur" ;;
  esac
}

_cl_status() {
  local cur=${COMP_WORDS[COMP_CWORD]} sub=${COMP_WORDS[1]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  if [ "$COMP_CWORD" = 1 ]; then
    _appliance_words $'clientstatus\nhblinkstatus\nhbstatus\nlistnodes\nlisthblinks\nnodestatus\nnodeweight\nnodesite\nnodetype\nrscstatus\nhbparameter' "$cur"
  elif [[ $cur == -* ]]; then
    case $sub in
      hbstatus) _appliance_words $'-m\n-v' "$cur" ;;
      listnodes) _appliance_words $'-m\n-n\n-p\n-v' "$cur" ;;
      listhblinks) _appliance_words $'-m\n-v' "$cur" ;;
      hbparameter) _appliance_words $'-m\n-p' "$cur" ;;
      *) _appliance_words '-m' "$cur" ;;
    esac
  elif [ "$prev" = -p ] && [ "$sub" = hbparameter ]; then
    _appliance_words $'auto_failback\ndeadping\ndeadtime\ndebugfile\nhbversion\ninitdead\nkeepalive\nlogfacility\nlogfile\nmsgfmt\nudpport\nwarntime' "$cur"
  elif [ "$sub" = hblinkstatus ] && [ "$COMP_CWORD" = 3 ]; then
    _appliance_words "$(cl_status listhblinks "$prev" 2>/dev/null | tr -d '\t')" "$cur"
  else
    case $sub in nodestatus | nodetype | nodeweight | nodesite | listhblinks | hblinkstatus | clientstatus) _appliance_nodes ;; esac
  fi
}

_appliance_agents() { # number of the word that is the verb
  local cur=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[$1]}
  # Names hold colons, at which bash breaks words.
  ! declare -F _get_comp_words_by_ref >/dev/null || _get_comp_words_by_ref -n : cur
  if [ "$COMP_CWORD" = "$1" ]; then _appliance_words $'list\ninfo\nvalidate\nrun\n--help' "$cur"
  elif [[ $cur == -* ]]; then
    case $verb in
      validate) _appliance_words $'--json\n--level\n--help' "$cur" ;;
      *) _appliance_words $'--json\n--help' "$cur" ;;
    esac
  else
    case $verb in
      list) _appliance_words $'ocf\nocf:appliance\nocf:heartbeat\nocf:pacemaker\nlsb\nheartbeat\nservice\nsystemd\nstonith' "$cur" ;;
      info | validate | run) _appliance_words "$(appliance agents list 2>/dev/null | cut -d' ' -f1)" "$cur" ;;
    esac
  fi
  ! declare -F __ltrim_colon_completions >/dev/null || __ltrim_colon_completions "$cur"
}

_crm_resource() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  ! declare -F _get_comp_words_by_ref >/dev/null || _get_comp_words_by_ref -n : cur prev
  case $prev in
    --list-agents) _appliance_words $'ocf\nlsb\nservice\nsystemd\nstonith' "$cur" ;;
    --show-metadata) _appliance_words "$(appliance agents list 2>/dev/null | cut -d' ' -f1)" "$cur" ;;
    --class) _appliance_words $'ocf\nlsb\nstonith' "$cur" ;;
    --provider) _appliance_words "$(appliance crm_resource --list-ocf-providers 2>/dev/null)" "$cur" ;;
    --output-as) _appliance_words $'text\nxml' "$cur" ;;
    *) _appliance_words $'--list\n--list-raw\n--list-operations\n--list-all-operations\n--query-xml\n--query-xml-raw\n--get-parameter\n--set-parameter\n--delete-parameter\n--locate\n--constraints\n--stack\n--why\n--cleanup\n--refresh\n--move\n--ban\n--clear\n--expired\n--lifetime\n--promoted\n--delete\n--node\n--recursive\n--parameter-value\n--meta\n--utilization\n--resource\n--resource-type\n--set-name\n--nvpair\n--force\n--quiet\n--list-standards\n--list-ocf-providers\n--list-agents\n--list-ocf-alternatives\n--show-metadata\n--validate\n--force-start\n--force-stop\n--force-check\n--force-promote\n--force-demote\n--class\n--provider\n--agent\n--option\n--timeout\n--output-as\n--output-to\n--text-fancy\n--version\n--help' "$cur" ;;
  esac
  ! declare -F __ltrim_colon_completions >/dev/null || __ltrim_colon_completions "$cur"
}

_crm_verify() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  case $prev in
    -x | --xml-file | -S | --save-xml | --output-to) COMPREPLY=($(compgen -f -- "$cur")) ;;
    --output-as) _appliance_words $'text\nxml' "$cur" ;;
    *) _appliance_words $'--xml-file\n--xml-text\n--xml-pipe\n--live-check\n--save-xml\n--verbose\n--quiet\n--output-as\n--output-to\n--text-fancy\n--version\n--help' "$cur" ;;
  esac
}

_crm_explain() {
  local cur=${COMP_WORDS[COMP_CWORD]}
  case ${COMP_WORDS[COMP_CWORD - 1]} in
    -x | --xml-file) COMPREPLY=($(compgen -f -- "$cur")) ;;
    *) _appliance_words $'--xml-file\n--xml-pipe\n--set-datetime\n--json\n--help' "$cur" ;;
  esac
}
_appliance_crm() { # name of the tool
  case $1 in
    attrd_updater) _appliance_words $'--name\n--update\n--update-both\n--update-delay\n--query\n--delete\n--refresh\n--delay\n--set\n--node\n--all\n--lifetime\n--private\n--output-as\n--output-to\n--verbose\n--version\n--help' "$2" ;;
    crmadmin) _appliance_words $'--status\n--pacemakerd\n--dc_lookup\n--nodes\n--timeout\n--bash-export\n--ipc-name\n--quiet\n--output-as\n--output-to\n--text-fancy\n--verbose\n--version\n--help' "$2" ;;
    cibadmin) _appliance_words $'--query\n--create\n--modify\n--replace\n--delete\n--delete-all\n--xpath\n--patch\n--upgrade\n--bump\n--erase\n--empty\n--md5-sum\n--md5-sum-versioned\n--scope\n--node-path\n--no-children\n--xml-text\n--xml-file\n--xml-pipe\n--force\n--allow-create\n--timeout\n--user\n--sync-call\n--local\n--node\n--verbose\n--version\n--help' "$2" ;;
    crm_attribute) _appliance_words $'--name\n--id\n--set-name\n--pattern\n--promotion\n--query\n--update\n--delete\n--node\n--lifetime\n--type\n--utilization\n--default\n--quiet\n--output-as\n--output-to\n--version\n--help' "$2" ;;
    crm_diff) _appliance_words $'--original\n--original-string\n--new\n--new-string\n--patch\n--cib\n--no-version\n--stdin\n--version\n--help' "$2" ;;
    crm_error) _appliance_words $'--list\n--name\n--rc\n--exit\n--output-as\n--output-to\n--verbose\n--version\n--help' "$2" ;;
    crm_failcount) _appliance_words $'--query\n--delete\n--node\n--resource\n--operation\n--interval\n--quiet' "$2" ;;
    crm_master) _appliance_words $'--query\n--delete\n--update\n--node\n--lifetime\n--id\n--resource\n--quiet' "$2" ;;
    crm_mon) _appliance_words $'--include\n--exclude\n--node\n--resource\n--group-by-node\n--inactive\n--failcounts\n--operations\n--timing-details\n--tickets\n--fence-history\n--neg-locations\n--show-node-attributes\n--hide-headers\n--show-detail\n--brief\n--simple-status\n--strict-status\n--interval\n--one-shot\n--daemonize\n--pid-file\n--external-agent\n--external-recipient\n--watch-fencing\n--as-html\n--as-xml\n--disable-ncurses\n--web-cgi\n--json\n--output-as\n--output-to\n--html-cgi\n--html-title\n--html-stylesheet\n--version\n--help' "$2" ;;
    crm_node) _appliance_words $'--name\n--cluster-id\n--list\n--partition\n--quorum\n--name-for-id\n--remove\n--force\n--quiet\n--verbose\n--version\n--help' "$2" ;;
    crm_rule) _appliance_words $'--check\n--rule\n--date\n--xml-text\n--output-as\n--output-to\n--version\n--help' "$2" ;;
    crm_shadow) _appliance_words $'--create\n--create-empty\n--validate-with\n--reset\n--switch\n--commit\n--all\n--delete\n--which\n--display\n--diff\n--file\n--edit\n--force\n--batch\n--verbose\n--version\n--help' "$2" ;;
    crm_standby) _appliance_words $'--query\n--delete\n--update\n--node\n--lifetime\n--id\n--quiet' "$2" ;;
    crm_ticket) _appliance_words $'--info\n--details\n--raw\n--query-xml\n--constraints\n--grant\n--revoke\n--standby\n--activate\n--get-attr\n--default\n--set-attr\n--attr-value\n--delete-attr\n--cleanup\n--ticket\n--force\n--verbose\n--version\n--help' "$2" ;;
    iso8601) _appliance_words $'--now\n--date\n--duration\n--period\n--expected\n--seconds\n--epoch\n--local\n--ordinal\n--week\n--version\n--help' "$2" ;;
  esac
}

_appliance_crm_tool() { _appliance_crm "${COMP_WORDS[0]##*/}" "${COMP_WORDS[COMP_CWORD]}"; }

_appliance() {
  local cur=${COMP_WORDS[COMP_CWORD]} sub=${COMP_WORDS[1]}
  if [ "$COMP_CWORD" = 1 ]; then
    _appliance_words $'agent\nagents\nattrd_updater\ncheck\ncibadmin\ncl_status\ncleanup\ncompletion\ncorosync-conf\ncrm_attribute\ncrm_diff\ncrm_error\ncrm_explain\ncrm_failcount\ncrm_master\ncrm_mon\ncrm_node\ncrm_resource\ncrm_rule\ncrm_shadow\ncrm_simulate\ncrm_standby\ncrm_ticket\ncrm_verify\ncrmadmin\nengine\nexplain\nfence\nfencing\nharesources2cib\nhb_addnode\nhb_delnode\nhb_setsite\nhb_setweight\nhb_standby\nhb_takeover\nheartbeat\niso8601\nlinks\nmeatclient\nmonitor\noperations\nrehearse\nsbd\nstatus\nstonith\nstonith_admin\nsystemd\nupgrade\nversion\n--help' "$cur"
    return
  fi
  case $sub in
    status) _appliance_words $'--json\n--watch\n--help' "$cur" ;;
    links) _appliance_words $'--json\n--help' "$cur" ;;
    cleanup)
      # Keys hold colons, at which bash breaks words.
      ! declare -F _get_comp_words_by_ref >/dev/null || _get_comp_words_by_ref -n : cur
      _appliance_words "$(_appliance_keys)" "$cur"
      ! declare -F __ltrim_colon_completions >/dev/null || __ltrim_colon_completions "$cur"
      ;;
    engine) _appliance_words $'crm\nharesources\nwithdraw\n--check\n--fresh\n--timeout\n--help' "$cur" ;;
    monitor)
      if [ "$COMP_CWORD" = 2 ]; then
        _appliance_words $'on\noff' "$cur"
      else
        ! declare -F _get_comp_words_by_ref >/dev/null || _get_comp_words_by_ref -n : cur
        _appliance_words "$(_appliance_keys)" "$cur"
        ! declare -F __ltrim_colon_completions >/dev/null || __ltrim_colon_completions "$cur"
      fi
      ;;
    fence) [ "$COMP_CWORD" = 2 ] && _appliance_words $'ipmi\npdu\nswitchport\nrelay\nsbd\nscsi\ncheck-scsi\nmeatware\nnull' "$cur" ;;
    haresources2cib) _appliance_words $'--dir\n--output\n--secrets\n--help' "$cur" ;;
    fencing) _appliance_words $'--json\n--probe\n--help' "$cur" ;;
    rehearse) if [ "$COMP_CWORD" = 2 ]; then COMP_CWORD=1 _appliance_nodes; else _appliance_words $'--yes\n--help' "$cur"; fi ;;
    sbd) _appliance_words $'-d\ncreate\ndump\nlist\nallocate\nmessage\nping' "$cur" ;;
    systemd) if [ "$COMP_CWORD" = 2 ]; then _appliance_words "$(appliance systemd list --timeout 2 2>/dev/null)" "$cur"; else _appliance_words $'start\nstop\nrestart\nreload\nmonitor\nstatus\nwatch\nmanage\nrelease\nmeta-data\n--timeout\n--count\n--interval\n--help' "$cur"; fi ;;
    agents) _appliance_agents 2 ;;
    crm_simulate) _crm_simulate ;;
    crm_resource) _crm_resource ;;
    crm_verify) _crm_verify ;;
    crm_explain | explain) _crm_explain ;;
    attrd_updater | crmadmin | cibadmin | crm_* | iso8601) _appliance_crm "$sub" "$cur" ;;
    completion) _appliance_words $'bash\nzsh\nfish' "$cur" ;;
    hb_standby | hb_takeover) [ "$COMP_CWORD" = 2 ] && _appliance_words $'all\nforeign\nlocal\nfailback' "$cur" ;;
    cl_status | hb_*)
      local COMP_WORDS=("${COMP_WORDS[@]:1}") COMP_CWORD=$((COMP_CWORD - 1))
      if [ "$sub" = cl_status ]; then _cl_status; else _appliance_nodes; fi
      ;;
  esac
}

complete -F _appliance appliance
complete -F _crm_simulate crm_simulate
complete -F _cl_status cl_status
complete -F _crm_resource crm_resource
complete -F _crm_verify crm_verify
complete -F _crm_explain crm_explain
complete -F _appliance_crm_tool -o default attrd_updater crmadmin cibadmin crm_attribute crm_diff crm_error crm_failcount crm_master crm_mon crm_node crm_rule crm_shadow crm_standby crm_ticket iso8601
complete -F _appliance_which hb_standby hb_takeover
complete -F _appliance_nodes hb_delnode hb_setweight hb_setsite
complete -W '-d -D -f -k -l -M -r -R -s -v -V -C --help' heartbeat
