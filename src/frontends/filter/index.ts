// The packet-filter language of pcap-filter(7): text to classic BPF.

export { compileFilter, DEFAULT_SNAP_LENGTH, type FilterOptions, type FilterResult } from './compile.ts';
export {
  LINK_TYPES,
  type LinkType,
  linkTypeByName,
  linkTypeByNumber,
  nearestLinkType,
} from './generate/link-types.ts';
export { filterImage } from './image.ts';
export { builtinResolver } from './names/builtin.ts';
export { hostNames } from './names/host-names.ts';
export type { HostAddresses, Resolver, Transport } from './names/resolver.ts';
export { parseIp6 } from './syntax/lexer.ts';
