#!/usr/bin/env bash
# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
#
# Take prod back to the last known good release, or to the one that is named.
#   rollback-prod.sh [--dry-run] [--to RELEASE] [-- OPTION OF ansible-playbook...]
#   rollback-prod.sh --dry-run                         every gate, no change, and what would change
#   rollback-prod.sh --to r0123456789abcdef            a release id, a run key or a manifest digest
set -euo pipefail

stack=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
options=()
while (($#)); do
    case $1 in
        --dry-run) options+=(--check --diff) ;;
        --to)
            if [[ ! ${2-} =~ ^[A-Za-z0-9:._-]+$ ]]; then
                echo "rollback-prod.sh: found --to ${2-nothing}, wanted --to RELEASE; see --help" >&2
                exit 2
            fi
            options+=(--extra-vars "promotion_release=$2")
            shift
            ;;
        -h | --help) exec sed -n '5,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" ;;
        --)
            shift
            break
            ;;
        *)
            echo "rollback-prod.sh: found '$1', wanted --dry-run or --to RELEASE; see --help" >&2
            exit 2
            ;;
    esac
    shift
done

exec ansible-playbook mint.promotion.rollback --limit prod \
    --extra-vars "{\"promotion_manifest\": \"$stack/deploy/promotion.yml\"}" "${options[@]}" "$@"
