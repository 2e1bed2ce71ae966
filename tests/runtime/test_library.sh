#!/bin/sh
# The library from outside: what it exports, what it needs, and that each public header compiles alone.
# usage: test_library.sh LIBRARY SYMBOLS INCLUDE
set -eu
library=$1 symbols=$2 include=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "exported symbols"
nm -D --defined-only "$library" | awk '$2 != "A" {sub(/@.*/, "", $3); print $3}' | sort > "$work/exported"
sed -n 's/^ *\(ttrt_[a-z0-9_]*\);$/\1/p' "$symbols" | sort > "$work/listed"
diff "$work/listed" "$work/exported"

echo "declared symbols"
sed -n '/^TTRT_API/s/^[^(]*[ *]\(ttrt_[a-z0-9_]*\)(.*/\1/p' "$include"/torchtrt/*.h | sort > "$work/declared"
diff "$work/declared" "$work/listed"

echo "needed libraries"
if ldd "$library" | grep -vE 'linux-vdso|lib(c|m|pthread|dl)\.so|ld-linux|(asan|ubsan|tsan)\.so'; then
    echo "the library needs more than libc"
    exit 1
fi

echo "headers"
for header in "$include"/torchtrt/*.h; do
    printf '#include "%s"\nint main(void) { return 0; }\n' "$header" > "$work/alone.c"
    cp "$work/alone.c" "$work/alone.cc"
    ${CC:-cc} -std=c11 -pedantic -Wall -Wextra -Werror -I"$include" -fsyntax-only "$work/alone.c"
    if command -v "${CXX:-g++}" > /dev/null; then
        ${CXX:-g++} -std=c++11 -Wall -Wextra -Werror -I"$include" -fsyntax-only "$work/alone.cc"
    fi
done
