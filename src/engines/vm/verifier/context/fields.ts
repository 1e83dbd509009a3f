// Contexts as tables of fields, and the ways in which a field may be read.

import { Type } from '../register.ts';
import type { ContextAccess } from './program-rules.ts';

/** How a field may be accessed: whole only, or also in part when it is read. */
export interface Field {
  readonly from: number;
  readonly to: number;
  /** Bytes of one element: 4 or 8, 2 for a port. */
  readonly unit: number;
  /** Reads of a part of it are allowed. */
  readonly narrow?: boolean;
  /** Parts can only be read from its start. */
  readonly fromStart?: boolean;
  /** The fewest bytes that may be read. */
  readonly least?: number;
  /** Any size up to eight bytes that stays inside, read or written (control blocks). */
  readonly bytes?: boolean;
  readonly write?: boolean;
  readonly read?: false;
  /** What is read is a pointer of this type. */
  readonly type?: number;
}

/** The field type at an access, or undefined when no field allows it. */
export function accessField(fields: readonly Field[], access: ContextAccess): number | undefined {
  const { off, size, write } = access;
  if (off < 0 || off % size !== 0) return undefined;
  const field = fields.find(({ from, to }) => off >= from && off < to);
  if (!field || off + size > field.to) return undefined;
  if (write ? !field.write : field.read === false) return undefined;
  if (field.bytes) return Type.SCALAR;
  if (size < (field.least ?? 1) || (field.fromStart && off !== field.from)) return undefined;
  const fits = size === field.unit || (!write && field.narrow === true && size < field.unit);
  if (!fits || (field.type !== undefined && access.signExtends)) return undefined;
  return field.type ?? Type.SCALAR;
}
