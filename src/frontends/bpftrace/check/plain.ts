// The names of types that need no definitions: those of the language and the integers of C.

import { type AddressSpace, BOOL, intType, pointerType, type Type, VOID } from '../../../image/index.ts';
import type { CTypes } from './ctypes.ts';

const INTEGERS: Readonly<Record<string, Type>> = Object.fromEntries(
  [1, 2, 4, 8].flatMap((size) => [
    [`int${size * 8}`, intType(size, true)],
    [`uint${size * 8}`, intType(size, false)],
  ]),
);

/** The types of the language and of C that need no BTF. */
export const PLAIN: Readonly<Record<string, Type>> = {
  ...INTEGERS,
  bool: BOOL,
  void: VOID,
  char: intType(1, true),
  short: intType(2, true),
  int: intType(4, true),
  long: intType(8, true),
  'signed char': intType(1, true),
  'unsigned char': intType(1, false),
  'unsigned short': intType(2, false),
  'unsigned int': intType(4, false),
  unsigned: intType(4, false),
  'unsigned long': intType(8, false),
  'long long': intType(8, true),
  'unsigned long long': intType(8, false),
  u8: intType(1, false),
  u16: intType(2, false),
  u32: intType(4, false),
  u64: intType(8, false),
  s8: intType(1, true),
  s16: intType(2, true),
  s32: intType(4, true),
  s64: intType(8, true),
  int8_t: intType(1, true),
  int16_t: intType(2, true),
  int32_t: intType(4, true),
  int64_t: intType(8, true),
  uint8_t: intType(1, false),
  uint16_t: intType(2, false),
  uint32_t: intType(4, false),
  uint64_t: intType(8, false),
  size_t: intType(8, false),
  ssize_t: intType(8, true),
  uintptr_t: intType(8, false),
  pid_t: intType(4, true),
  inet: { kind: 'inet' },
  inet_t: { kind: 'inet' },
  macaddr_t: { kind: 'mac' },
  username_t: { kind: 'username' },
  ksym_t: { kind: 'ksym' },
  usym_t: { kind: 'usym' },
  timestamp: { kind: 'timestamp', clock: 'boot', format: '%H:%M:%S' },
  cgroup_path_t: { kind: 'cgroup_path', filter: '' },
};

const QUALIFIERS = /\b(?:const|volatile|restrict|__user|__rcu|__percpu)\b/g;

/** The type that a C declaration in a tracepoint's format names: `const char *`, `pid_t`, `struct page *`. */
export function typeOfText(types: CTypes, text: string, space: AddressSpace): Type | undefined {
  const stars = text.split('*').length - 1;
  const name = text.replaceAll(QUALIFIERS, '').replaceAll('*', '').trim().replaceAll(/\s+/g, ' ');
  let type = PLAIN[name] ?? (stars > 0 && name === 'void' ? VOID : types.named(name, space));
  if (!type && stars > 0) type = VOID;
  for (let index = 0; type && index < stars; index++) type = pointerType(type, space);
  return type;
}
