// What a pointer is once it is known not to be NULL.

import type { Environment } from './environment.ts';
import { baseOf, Flag, pointer, type Register, Type } from './register.ts';

export function notNull(env: Environment, register: Register): Register {
  if (baseOf(register.type) !== Type.MAP_VALUE) return register.withType(register.type & ~Flag.MAYBE_NULL);
  const inner = env.innerMap(register.map);
  // The id of the look-up tells values of this inner map from those of others.
  if (inner >= 0) return pointer(Type.MAP, { map: inner, uid: register.id });
  const { kind } = env.maps[register.map]!;
  if (kind === 'xskmap') return pointer(Type.XDP_SOCK, { id: register.id, reference: register.reference });
  if (kind === 'sockmap' || kind === 'sockhash') {
    return pointer(Type.SOCKET, { id: register.id, reference: register.reference });
  }
  return register.withType(Type.MAP_VALUE);
}
