// Arithmetic, comparisons, control flow, variables.

import { begin, type LanguageCase } from './case.ts';

export const expressionCases: readonly LanguageCase[] = [
  begin('precedence', 'print(1 + 2 * 3 - 4 / 2);', '5\n'),
  begin('parentheses', 'print((1 + 2) * (3 - 4));', '-3\n'),
  begin('bits', 'print(0xf0 & 0x3c | 1 ^ 3);', '50\n'),
  begin('shifts', 'print(1 << 40 >> 38);', '4\n'),
  begin('complement and not', 'print(~5); print(!5); print(!0);', '-6\nfalse\ntrue\n'),
  begin('unsigned division', '$x = (uint64)100; print($x / 7); print($x % 7);', '14\n2\n'),
  begin(
    'numbers',
    'print(1_000_000); print(1e3); print(0x1F); print(0b101); print(017);',
    '1000000\n1000\n31\n5\n15\n',
  ),
  begin('durations', 'print(1ms); print(2s); print(1m);', '1000000\n2000000000\n60000000000\n'),
  begin('comparisons', 'print(1 < 2); print(2 <= 1); print(3 != 3); print(-1 < 0);', 'true\nfalse\nfalse\ntrue\n'),
  begin('and, or', 'print(1 && 0); print(1 || 0); print(0 || 0);', 'false\ntrue\nfalse\n'),
  begin('or does not evaluate its right side', '@x = 0; if (1 || @x++) { } print(@x);', '@x: 0\n@x: 0\n'),
  begin('ternary', '$a = 5; print($a > 3 ? 10 : 20); print($a > 9 ? "big" : "small");', '10\nsmall\n'),
  begin('elvis', '$a = 0; print($a ?: 7);', '7\n'),
  begin(
    'if else',
    '$a = 2; if ($a == 1) { print("one"); } else if ($a == 2) { print("two"); } else { print("many"); }',
    'two\n',
  ),
  begin('if without parentheses', 'if 1 == 1 { print("yes"); }', 'yes\n'),
  begin('unroll', '$i = 0; unroll(3) { printf("%d ", $i); $i++; } printf("\\n");', '0 1 2 \n'),
  begin('while', '$i = 0; while ($i < 4) { printf("%d ", $i); $i++; } printf("\\n");', '0 1 2 3 \n', {
    errors: /^stdin:1:\d+-\d+: WARNING: while is deprecated and will be removed\.\n/,
  }),
  begin(
    'while with break and continue',
    '$i = 0; while ($i < 10) { $i++; if ($i == 2) { continue; } if ($i == 5) { break; } printf("%d ", $i); } printf("\\n");',
    '1 3 4 \n',
    { errors: /^stdin:1:\d+-\d+: WARNING: while is deprecated and will be removed\.\n/ },
  ),
  begin('while ends by itself and says so', '$i = 0; while ($i < 5000) { $i++; } print($i);', '1024\n', {
    errors: /WARNING: A while loop ends after 1024 rounds\. This one was left before its condition was false\.\n/,
  }),
  begin('what is too large is refused', 'unroll(100) { unroll(100) { unroll(100) { print(1); } } }', '', {
    code: 1,
    errors: /^stdin:1:51-59: ERROR: begin_1 is too large\n.*\n *~~~~~~~~\nHINT: split the probe, or unroll less\n$/,
  }),
  begin('a value that is too large is refused', `print("${'x'.repeat(100_000)}");`, '', {
    code: 1,
    errors: /^stdin:1:9-100018: ERROR: a value of 100008 bytes is too large\n/,
  }),
  begin('a range', 'for $i : 0..3 { print($i); }', '0\n1\n2\n'),
  begin('a range with a variable', '$n = 3; for ($i : 1..$n) { print($i); }', '1\n2\n', { kernel: '5.17' }),
  begin('a loop changes a variable outside', '$sum = 0; for ($i : 1..101) { $sum += $i; } print($sum);', '5050\n', {
    kernel: '5.17',
  }),
  begin(
    'casts cut and extend',
    'print((uint8)257); print((int8)255); print((int16)-1); print((uint16)-1);',
    '1\n-1\n-1\n65535\n',
  ),
  begin('compound assignment', '$x = 10; $x += 5; $x -= 3; $x *= 2; $x <<= 1; $x |= 1; print($x);', '49\n'),
  begin('increments', '$x = 1; print($x++); print(++$x); print($x--); print(--$x);', '1\n3\n3\n1\n'),
  begin(
    'string equality',
    '$s = "abc"; print($s == "abc"); print($s == "abd"); print($s != "ab");',
    'true\nfalse\ntrue\n',
  ),
  begin('strncmp', 'print(strncmp("abcd", "abxx", 2)); print(strncmp("abcd", "abxx", 3) != 0);', '0\ntrue\n'),
  begin('a tuple and its fields', '$t = (1, "x", 3); print($t.0 + $t.2); print($t.1);', '4\nx\n'),
  begin('sizeof', 'print(sizeof(uint64)); print(sizeof((int32)1));', '8\n4\n'),
  begin('early return', 'print(1); if (1) { return; } print(2);', '1\n'),
  begin('division by zero', '$z = 0; print(10 / $z);', '10\n', { errors: /Divide or modulo by 0 detected/ }),
  begin('positional parameters', 'printf("%d %s %d\\n", $1, str($2), $#);', '42 abc 2\n', { args: ['42', 'abc'] }),
  begin('a missing parameter is zero', 'print($3);', '0\n', { errors: /./ }),
  begin('bswap', 'print(bswap((uint16)0x1234) == 0x3412);', 'true\n'),
  { name: 'exit code', script: 'begin { exit(3); }', prints: '', code: 3 },
  { name: 'end after begin', script: 'begin { print("b"); } end { print("e"); }', prints: 'b\ne\n' },
  { name: 'several begins in order', script: 'begin { print(1); } begin { print(2); }', prints: '1\n2\n' },
  {
    name: 'a predicate filters',
    script: 'begin /1 == 2/ { print("no"); } begin /1 == 1/ { print("yes"); }',
    prints: 'yes\n',
  },
  { name: 'exit still runs end', script: 'begin { exit(); } end { print("end"); }', prints: 'end\n' },
  {
    name: 'what probes send behind exit() is not printed',
    script: 'begin { exit(); } begin { print(1); } end { print(2); }',
    prints: '2\n',
  },
  {
    name: 'typeinfo is a record',
    script:
      'config = { unstable_typeinfo = enable } begin { $t = typeinfo("abc"); print($t.full_type); print(typeinfo(1)); }',
    prints: 'string[4]\n{ .btf_id = 0, .base_type = int, .full_type = int8 }\n',
  },
  begin('typeinfo is not stable', 'print(typeinfo(1));', '', {
    code: 1,
    errors: /^stdin:1:15-26: ERROR: typeinfo is an unstable feature/,
  }),
  begin(
    'a number fills an array',
    '$a = (uint8[8])12345; print($a); print((uint64)$a); print((int8[4])-1);',
    '[57,48,0,0,0,0,0,0]\n12345\n[-1,-1,-1,-1]\n',
  ),
  begin('an index behind a tuple', '$t = (1, 2); print($t[5]);', '', {
    code: 1,
    errors: /^stdin:1:31-32: ERROR: Invalid tuple index: 5\. Found 2 elements in tuple\.\n/,
  }),
  {
    name: 'parameters of macros are not named as builtins',
    script: 'macro m(pid) { 1 } begin { print(m(1)); }',
    prints: '',
    code: 1,
    errors: /^stdin:1:9-12: ERROR: Macro parameter 'pid' has the name of a builtin\n/,
  },
  begin(
    'what is subtracted from is signed',
    '$x = (uint32)5; $x -= 6; @x = (uint64)5; @x -= 10; print($x); print(@x); clear(@x);',
    /^-1\n@x: -5\n/,
  ),
];
