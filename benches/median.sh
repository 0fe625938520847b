# shellcheck shell=bash

# Prints the median of the numbers on standard input; nothing if there are none.
median() {
    tr -s ' ' '\n' | sed '/^$/d' | sort -g |
        awk '{ v[NR] = $1 } END { if (NR) print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
