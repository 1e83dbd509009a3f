import { expect, it } from 'vitest';
import { demangle } from './demangle.ts';

it.each([
  ['_ZN2v88internal7Isolate7CurrentEv', 'v8::internal::Isolate::Current()'],
  ['_ZNSt6vectorIiSaIiEE9push_backERKi', 'std::vector<int, std::allocator<int> >::push_back(int const&)'],
  ['_Znwm', 'operator new(unsigned long)'],
  ['_ZN4core3fmt5Write9write_str17h0123456789abcdefE', 'core::fmt::Write::write_str'],
  ['_RNvCs1234_7mycrate3foo', 'mycrate::foo'],
  ['main', 'main'],
  ['_start', '_start'],
  ['_ZZZ_not_mangled', '_ZZZ_not_mangled'],
  ['', ''],
])('%s', (name, text) => {
  expect(demangle(name)).toBe(text);
});
