// The families of values by type.

import { utf8Bytes } from '../../base/bytes.ts';
import type { Type, TypeKind, TypeOf } from '../../image/index.ts';
import { kernelStackFormat, userStackFormat } from '../stacks.ts';
import { kernelSymbolFormat, userSymbolFormat } from './addresses.ts';
import { arrayFormat, recordFormat, tupleFormat } from './composites.ts';
import { cgroupPathFormat, userNameFormat } from './identities.ts';
import { inetFormat, macFormat } from './network.ts';
import { boolFormat, enumFormat, intFormat, pointerFormat } from './numbers.ts';
import { bufferFormat, stringFormat } from './strings.ts';
import { timestampFormat } from './times.ts';
import type { ValueContext, ValueFormat } from './value.ts';

export type { ValueContext, ValueFormat, ValueWriter } from './value.ts';

const FAMILIES: { readonly [K in TypeKind]: (type: TypeOf<K>, context: ValueContext) => ValueFormat } = {
  void: () => constant('null'),
  bool: boolFormat,
  int: intFormat,
  enum: enumFormat,
  string: stringFormat,
  buffer: bufferFormat,
  array: arrayFormat,
  tuple: tupleFormat,
  record: recordFormat,
  // The bytes of a struct that is only known by name cannot be told apart; those that are copied have a record type.
  struct: () => constant('{}'),
  pointer: pointerFormat,
  kstack: kernelStackFormat,
  ustack: userStackFormat,
  ksym: (_type, context) => kernelSymbolFormat(context),
  usym: (_type, context) => userSymbolFormat(context),
  inet: (_type, context) => inetFormat(context),
  mac: (_type, context) => macFormat(context),
  username: (_type, context) => userNameFormat(context),
  cgroup_path: cgroupPathFormat,
  timestamp: timestampFormat,
};

/** Makes the functions that write values of a type. */
export function compileValue(type: Type, context: ValueContext): ValueFormat {
  const family = FAMILIES[type.kind] as (type: Type, context: ValueContext) => ValueFormat;
  return family(type, context);
}

/** A context without its `compile`, completed. */
export function valueContext(parts: Omit<ValueContext, 'compile'>): ValueContext {
  const context: ValueContext = { ...parts, compile: (type) => compileValue(type, context) };
  return context;
}

function constant(text: string): ValueFormat {
  const bytes = utf8Bytes(text);
  return { text: (out) => out.copy(bytes), json: (out) => out.copy(bytes) };
}
