// Words that need no events: strings, addresses, types, names of numbers, settings, parameters; macros, functions and C.

import { begin, type LanguageCase } from './case.ts';

export const wordCases: readonly LanguageCase[] = [
  begin(
    'names of numbers',
    'printf("%s %s %s\\n", strerror(2), signal_name(9), strerror(0));',
    'No such file or directory SIGKILL Success\n',
  ),
  begin(
    'a number that was not known',
    '$e = 13; printf("%s %d\\n", strerror($e), strerror($e));',
    'Permission denied 13\n',
  ),
  begin(
    'a name compared',
    '$e = 13; print(strerror($e) == "Permission denied"); print(strerror($e) != "x");',
    'true\ntrue\n',
  ),
  begin(
    'pton and ntop',
    'print(pton("127.0.0.1")); print(ntop(pton("::1"))); print(ntop(pton("fe80::1:2")));',
    '[127,0,0,1]\n::1\nfe80::1:2\n',
  ),
  begin('memcmp', 'print(memcmp("abc", "abd", 2)); print(memcmp("abc", "abd", 3));', '0\n1\n'),
  begin(
    'strings',
    'print(strlen("hello")); print(strcontains("hello", "ell")); print(strstr("hello", "lo")); print(strstr("a", "b"));',
    '5\ntrue\n3\n-1\n',
  ),
  begin('str_concat', '$s = "abc"; print(str_concat($s, "-x")); print(strlen(str_concat($s, $s)));', 'abc-x\n6\n'),
  begin(
    'questions about types',
    'print(is_str(comm)); print(is_ptr(1)); print(is_literal(5)); print(is_unsigned_integer(pid));',
    'true\nfalse\ntrue\ntrue\n',
  ),
  begin('settings', 'print(config.max_strlen);', '1024\n'),
  {
    name: 'typeinfo',
    script:
      'config = { unstable_typeinfo=enable } begin { print(typeinfo((int16)1).full_type); let $x : typeof(comm) = comm; print($x == comm); }',
    prints: 'int16\ntrue\n',
  },
  begin('comptime', 'if comptime (sizeof(uint64) == 4) { nonsense(); } else { print("eight"); }', 'eight\n'),
  begin('assert that holds', '$x = 1; assert($x == 1, "no"); print("yes");', 'yes\n'),
  begin('assert that does not hold', '$x = 1; assert($x == 2, "one is not two"); print("no");', '', {
    code: 1,
    errors: /assert failed: one is not two/,
  }),
  begin('arrays', '$x = (int8[4])(uint32)0x04030201; print($x); $i = 2; print($x[$i]);', '[1,2,3,4]\n3\n'),
  begin('an index outside of an array', '$x = (int8[4])(uint32)0x04030201; $i = 9; print($x[$i]);', '1\n', {
    errors: /Array access out of bounds/,
  }),
  begin(
    'addresses of variables',
    '$x = 5; $p = &$x; $x = 6; print(*$p); $t = (1, 2); $q = &$t; print(*$q);',
    '6\n(1, 2)\n',
  ),
  begin(
    'container_of',
    '$p = (uint8*)((uint64)curtask + offsetof(struct task_struct, comm)); print(container_of($p, struct task_struct, comm) == curtask);',
    'true\n',
  ),
  begin(
    'find',
    '@m[1] = 5; if (find(@m, 1, $v)) { print($v); } if (!find(@m, 2, $w)) { print("none"); } clear(@m);',
    '5\nnone\n',
  ),
  begin(
    'a block has a value',
    '$x = { let $y = 3; $y + 1 }; print($x); print(if ($x > 3) { "big" } else { "small" });',
    '4\nbig\n',
  ),
  begin(
    'nested loops',
    'for $i : 0..2 { for $j : 0..3 { if ($j == 2) { break; } printf("%d%d ", $i, $j); } } printf("\\n");',
    '00 01 10 11 \n',
  ),
  begin(
    'return out of a loop',
    '@m[1] = 1; for ($kv : @m) { print($kv.1); clear(@m); return; } print("not here");',
    '1\n',
    { kernel: '5.13' },
  ),
  {
    name: 'a macro',
    script: 'macro add($v, n) { $v += n; $v } begin { $x = 1; print(add($x, 2)); print(add($x, add($x, 1))); }',
    prints: '3\n7\n',
  },
  {
    name: 'a macro with a map and a variable of its own',
    script: 'macro put(@m, k) { $t = k + 1; @m[k] = $t; $t } begin { $t = 100; print(put(@a, 5)); print($t); }',
    prints: '6\n100\n@a[5]: 6\n',
  },
  {
    name: 'a function',
    script:
      'fn larger($a : int64, $b : int64) : int64 { if ($a > $b) { return $a; } return $b; } begin { print(larger(3, larger(7, 5))); }',
    prints: '7\n',
  },
  {
    name: 'definitions in C',
    script:
      '#define FIVE 5\nenum color { RED, GREEN = FIVE, BLUE };\nstruct foo { int a; char b[8]; };\nbegin { print(BLUE); printf("%d\\n", GREEN); print(sizeof(struct foo)); $c = (enum color)5; print($c); }',
    prints: 'BLUE\n5\n12\nGREEN\n',
  },
  {
    name: 'a struct as a value',
    script:
      'struct foo { int a; int b; };\nbegin { $x = ((uint32)1, (uint32)2); $f = (struct foo *)&$x; $g = *$f; print($g); print($g.b); }',
    prints: '{ .a = 1, .b = 2 }\n2\n',
  },
  begin('positional parameters', 'print($1 + 1); print(str($2)); print($#); print(str($1 + 1));', '42\nabc\n2\n1\n', {
    args: ['41', 'abc'],
  }),
  {
    name: 'texts that are known are cut as those that are read',
    script:
      'config = { max_strlen = 4 } begin { $s = "abcdef"; print((str($s), str("abcdef"))); print(str("abc")); print(str("abcdef", 2)); }',
    prints: '(abcd.., abcd..)\nabc\nab\n',
    errors: /1 string was cut/,
  },
  begin('a length counts for parameters too', 'print(str($1, 3)); print(str($1 + 1, 2));', 'hel\nel\n', {
    args: ['hello'],
  }),
];
