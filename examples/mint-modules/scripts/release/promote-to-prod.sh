#!/usr/bin/env bash
# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
#
# Promote deploy/promotion.yml to prod: all of it, or some modules while the others stay as they are live.
#   promote-to-prod.sh [--dry-run] [MODULE...] [-- OPTION OF ansible-playbook...]
#   promote-to-prod.sh --dry-run                       every gate, no change, and what would change
#   promote-to-prod.sh artwork -- -i inventory         one module; hosts as ANSIBLE_INVENTORY or -i say
set -euo pipefail

stack=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
options=()
modules=()
while (($#)); do
    case $1 in
        --dry-run) options+=(--check --diff) ;;
        -h | --help) exec sed -n '5,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" ;;
        --)
            shift
            break
            ;;
        '' | -* | *[!a-z0-9._-]*)
            echo "promote-to-prod.sh: found '$1', wanted --dry-run or the names of modules; see --help" >&2
            exit 2
            ;;
        *) modules+=("$1") ;;
    esac
    shift
done

if ((${#modules[@]})); then
    printf -v names '%s,' "${modules[@]}"
    options+=(--extra-vars "promotion_modules=${names%,}")
fi
exec ansible-playbook mint.promotion.promote --extra-vars promotion_environment=prod \
    --extra-vars "{\"promotion_manifest\": \"$stack/deploy/promotion.yml\"}" "${options[@]}" "$@"
