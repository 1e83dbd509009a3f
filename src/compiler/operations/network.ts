// Addresses of networks.

import type { Type } from '../../image/index.ts';
import { sizeOf } from '../../image/index.ts';
import type { Instruction } from '../ir.ts';
import type { ProgramBuilder } from '../program.ts';
import { after, copy, zero } from './memory.ts';
import { type DeferredOperand, deferred, inMemory, type Operand } from './operand.ts';

/** AF_INET and AF_INET6 on Linux. */
const AF_INET = 2;
const AF_INET6 = 10;

/** An address of a family: an integer or four bytes for IPv4, sixteen bytes for IPv6. */
export function inetAddress(p: ProgramBuilder, address: Operand, family?: Instruction): DeferredOperand {
  const type: Type = { kind: 'inet' };
  const { b } = p;
  return deferred(type, (place) => {
    const bytes = { ...after(place, 4), align: 4 as const };
    if (address.kind === 'scalar') {
      b.store(4, place.base, place.offset, family ?? AF_INET);
      b.store(4, bytes.base, bytes.offset, address.value);
      zero(p, after(bytes, 4), 12);
      return undefined;
    }
    const size = sizeOf(address.type);
    b.store(4, place.base, place.offset, family ?? (size === 16 ? AF_INET6 : AF_INET));
    if (address.kind === 'deferred') address.write(bytes, true);
    else copy(p, bytes, address, size);
    if (size < 16) zero(p, after(bytes, size), 16 - size);
    return undefined;
  });
}

/** A hardware address: six bytes. */
export function macAddress(p: ProgramBuilder, bytes: Operand): DeferredOperand {
  return deferred({ kind: 'mac' }, (place) => {
    if (bytes.kind === 'deferred') return bytes.write(place, true);
    copy(p, { ...place, align: 1 }, { ...inMemory(p, bytes), align: 1 }, 6);
    return undefined;
  });
}
