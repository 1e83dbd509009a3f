// Members of structs and unions by name: through anonymous members, and along paths such as `a.b[2].c`.

import type { Btf } from './btf.ts';
import type { MemberLocation, StructType, UnionType } from './types.ts';

/** The struct or union behind typedefs and qualifiers. */
function aggregate(btf: Btf, id: number): StructType | UnionType | undefined {
  const type = btf.resolve(id);
  return type.kind === 'struct' || type.kind === 'union' ? type : undefined;
}

export function findMember(btf: Btf, structId: number, name: string): MemberLocation | undefined {
  const type = aggregate(btf, structId);
  if (!type || name === '') return undefined;
  for (const member of type.members) {
    if (member.name === name) return member;
    if (member.name !== '') continue;
    const inner = findMember(btf, member.type, name);
    if (inner) return { ...inner, bitOffset: inner.bitOffset + member.bitOffset };
  }
  return undefined;
}

export function listMembers(btf: Btf, structId: number): MemberLocation[] {
  const type = aggregate(btf, structId);
  if (!type) return [];
  return type.members.flatMap((member) => {
    if (member.name !== '') return [member];
    return listMembers(btf, member.type).map((inner) => ({ ...inner, bitOffset: inner.bitOffset + member.bitOffset }));
  });
}

const PATH_PART = /\.?([A-Za-z_]\w*)|\[(\d+)\]/y;

export function findPath(btf: Btf, structId: number, path: string): MemberLocation | undefined {
  let location: MemberLocation = { name: '', type: structId, bitOffset: 0, bitSize: 0 };
  PATH_PART.lastIndex = 0;
  for (let at = 0; at < path.length; at = PATH_PART.lastIndex) {
    const part = PATH_PART.exec(path);
    if (!part) return undefined;
    const next: MemberLocation | undefined =
      part[1] === undefined ? element(btf, location, Number(part[2])) : findMember(btf, location.type, part[1]);
    if (!next) return undefined;
    location = { ...next, bitOffset: location.bitOffset + next.bitOffset };
  }
  return location;
}

/** An element of an array member, relative to the array. Arrays of length 0 at the end of a struct have any number. */
function element(btf: Btf, array: MemberLocation, index: number): MemberLocation | undefined {
  const type = btf.resolve(array.type);
  if (type.kind !== 'array' || (type.length > 0 && index >= type.length)) return undefined;
  return { name: array.name, type: type.element, bitOffset: index * btf.sizeOf(type.element) * 8, bitSize: 0 };
}
