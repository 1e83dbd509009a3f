// printf and print: every conversion, every kind of value.

import { begin, type LanguageCase } from './case.ts';

export const printfCases: readonly LanguageCase[] = [
  begin('a literal', 'printf("hello\\n");', 'hello\n'),
  begin('signed and unsigned', 'printf("%d %i %u\\n", -5, 7, 9);', '-5 7 9\n'),
  begin('without a length modifier 32 bits are printed', 'printf("%d\\n", 4294967297);', '1\n'),
  begin(
    'lengths cut',
    '$x = 0x12345678abcdef; printf("%hhx %hx %x %llx\\n", $x, $x, $x, $x);',
    'ef cdef 78abcdef 12345678abcdef\n',
  ),
  begin('octal and upper case', 'printf("%o %X %#x\\n", 8, 255, 255);', '10 FF 0xff\n'),
  begin('width, zeroes, left', 'printf("[%5d] [%05d] [%-5d]\\n", 42, 42, 42);', '[   42] [00042] [42   ]\n'),
  begin('strings pad', 'printf("[%8s] [%-8s]\\n", "abc", "abc");', '[     abc] [abc     ]\n'),
  begin('characters', 'printf("%c%c\\n", 104, 105);', 'hi\n'),
  begin('percent', 'printf("100%%\\n");', '100%\n'),
  begin('pointers', 'printf("%p\\n", 4096);', '0x1000\n'),
  begin('booleans', 'printf("%s %d\\n", true, false);', 'true 0\n'),
  begin('%s of an integer', 'printf("%s\\n", -12);', '-12\n'),
  begin('%s of a tuple', 'printf("%s\\n", (1, "two", (3, 4)));', '(1, two, (3, 4))\n'),
  begin(
    '64-bit extremes',
    'printf("%lld %llu\\n", -9223372036854775807, 18446744073709551615);',
    '-9223372036854775807 18446744073709551615\n',
  ),
  begin('bytes as text', 'printf("%r\\n", buf("a\\x01b", 3));', 'a\\x01b\n'),
  begin('bytes as hexadecimal', 'printf("%rx %rh\\n", buf("ab", 2), buf("ab", 2));', '\\x61\\x62 61 62\n'),
  begin('print a number', 'print(5); print(-1);', '5\n-1\n'),
  begin('print a string', 'print("abc");', 'abc\n'),
  begin('print a tuple', 'print((1, "a", (2, 3)));', '(1, a, (2, 3))\n'),
  begin('print a tuple of one', 'print((1,));', '(1)\n'),
  begin('print a record', 'print((m=2, n=3));', '{ .m = 2, .n = 3 }\n'),
  begin(
    'many arguments',
    'printf("%d %d %d %d %d %d %d %d %d %d\\n", 1,2,3,4,5,6,7,8,9,10);',
    '1 2 3 4 5 6 7 8 9 10\n',
  ),
  begin('escapes', 'printf("a\\tb\\"c\\\\\\101\\x42\\n");', 'a\tb"c\\AB\n'),
  begin('an IPv4 address', 'printf("%s\\n", ntop(0x0100007f));', '127.0.0.1\n'),
  begin('an address with its family', 'printf("%s\\n", ntop(2, 0x0100007f));', '127.0.0.1\n'),
  begin('time of a timestamp', 'printf("%s\\n", strftime("%Y", nsecs));', /^20\d\d\n$/),
  begin('wall time', 'time("%Y-%m\\n");', /^20\d\d-\d\d\n$/),
  begin('text after a string that was cut', '$s = str("abcdef", 3); printf("%s|\\n", $s);', /^abc(\.\.)?\|\n$/),
  begin('the error of a number', 'printf("%s\\n", strerror(2));', 'No such file or directory\n'),
];
