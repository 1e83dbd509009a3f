// Tunnels over UDP that carry whole frames: Geneve and VXLAN. Behind them all offsets vary, because the outer IP header and the
// Geneve options do, so they are computed where the tunnel is recognised and kept in scratch memory.
// Source: RFC 8926 (Geneve), RFC 7348 (VXLAN; a word of the language since libpcap 1.11).

import { CLASSIC_TAX, CLASSIC_TXA, ClassicMode, ClassicSize } from '../../../isa/index.ts';
import { EtherType } from '../names/tables.ts';
import {
  alu,
  and,
  JEQ,
  LD,
  LD_IMM,
  LDX_MEM,
  label,
  not,
  or,
  type Predicate,
  ST,
  STX,
  type Statement,
  statement,
  test,
  X,
} from './block.ts';
import { type Context, loadA, loadX, type Place, type Variable } from './context.ts';
import { ETHERNET } from './link-types.ts';
import { ip4Port, ip6Port } from './ports.ts';

const GENEVE_PORT = 6081;
const VXLAN_PORT = 4789;
const UDP = 17;
const UDP_HEADER = 8;
const VXLAN_HEADER = 8;

type Transport = 'transport4' | 'transport6';

/** Recognises the tunnel, perhaps of one network, and enters it. */
export function geneve(cx: Context, network: number | undefined): Predicate {
  checkNetwork(cx, 'Geneve', network);
  // Version 0, and the network when one was named.
  const header = (transport: Transport) => [cx.compare(transport, 8, 1, 0, 0xc0), ...inNetwork(cx, transport, network)];
  const tunnel = recognise(cx, GENEVE_PORT, header);
  return and(tunnel, enterGeneve(cx));
}

/** The same for VXLAN: the flag that there is a network number must be set. */
export function vxlan(cx: Context, network: number | undefined): Predicate {
  checkNetwork(cx, 'VXLAN', network);
  const header = (transport: Transport) => [cx.compare(transport, 8, 1, 8, 0x08), ...inNetwork(cx, transport, network)];
  const tunnel = recognise(cx, VXLAN_PORT, header);
  return and(tunnel, enterVxlan(cx));
}

function checkNetwork(cx: Context, name: string, network: number | undefined): void {
  if (network === undefined || network <= 0xffffff) return;
  cx.fail('tunnel', `${name} VNI ${network} greater than maximum 16777215`);
}

function inNetwork(cx: Context, transport: Transport, network: number | undefined): Predicate[] {
  return network === undefined ? [] : [cx.compare(transport, 12, 4, (network << 8) >>> 0, 0xffffff00)];
}

/** Over IPv4 or IPv6; both ways leave the length of the IP header in A and X. */
function recognise(cx: Context, port: number, header: (transport: Transport) => Predicate[]): Predicate {
  const over4 = and(ip4Port(cx, [port, port], UDP, 'dst'), ...header('transport4'), headerLength4(cx));
  const over6 = and(ip6Port(cx, [port, port], UDP, 'dst'), ...header('transport6'), headerLength6(cx));
  return or(over4, over6);
}

/** Leaves the length of the IP header in A and X; the test holds always. */
function headerLength4(cx: Context): Predicate {
  return test([...cx.loadHeaderLength(), statement(CLASSIC_TXA)], JEQ | X);
}

function headerLength6(cx: Context): Predicate {
  const before = cx.loadVariable(cx.needPayload());
  const add = before.length > 0 ? [statement(alu('ADD') | X)] : [];
  return test([...before, statement(LD_IMM, 40), ...add, statement(CLASSIC_TAX)], JEQ | X);
}

/** Computes where the inner headers are; A is the length of the outer IP header. */
function enterGeneve(cx: Context): Predicate {
  const outer = cx.needPayload().constant + cx.network + UDP_HEADER;
  const protocol = variable(cx);
  const frame = variable(cx);
  const payload = variable(cx);
  const store = statement(STX, payload.word!);
  const statements: Statement[] = [
    statement(alu('ADD'), outer),
    statement(CLASSIC_TAX),
    // The type of what is inside, in the Geneve header.
    statement(alu('ADD'), 2),
    statement(ST, protocol.word!),
    // The first byte's low six bits are the length of the options in words.
    statement(LD | ClassicSize.B | ClassicMode.IND, 0),
    statement(alu('AND'), 0x3f),
    statement(alu('MUL'), 4),
    statement(alu('ADD'), 8),
    statement(alu('ADD') | X),
    statement(ST, frame.word!),
    statement(LD | ClassicSize.H | ClassicMode.IND, 2),
    statement(LDX_MEM, frame.word!),
    ...insideEthernet(protocol.word!, store),
    store,
    statement(LD_IMM, 0),
  ];
  goInside(cx, frame, protocol, payload);
  cx.geneve = true;
  return test(statements, JEQ, 0);
}

/** The same behind eight bytes of VXLAN header, where an Ethernet frame always follows. */
function enterVxlan(cx: Context): Predicate {
  const outer = cx.needPayload().constant + cx.network + UDP_HEADER;
  const protocol = variable(cx);
  const frame = variable(cx);
  const payload = variable(cx);
  const statements = [
    statement(alu('ADD'), outer + VXLAN_HEADER),
    statement(ST, frame.word!),
    statement(alu('ADD'), 12),
    statement(ST, protocol.word!),
    statement(alu('ADD'), 2),
    statement(ST, payload.word!),
    statement(LD_IMM, 0),
  ];
  goInside(cx, frame, protocol, payload);
  return test(statements, JEQ, 0);
}

function goInside(cx: Context, frame: Variable, protocol: Variable, payload: Variable): void {
  cx.optimisable = false;
  cx.outerHeader = cx.header;
  cx.header = place(frame);
  cx.protocol = place(protocol);
  cx.payload = place(payload);
  cx.network = 0;
  cx.networkNoSnap = 3;
  cx.link = ETHERNET;
  cx.vlans = 0;
}

/** When an Ethernet frame is inside, the type is in its header and the payload behind that. */
function insideEthernet(protocol: number, otherwise: Statement): Statement[] {
  const ethernet = label();
  return [
    { ...statement(JEQ, EtherType.TEB), jt: ethernet, jf: otherwise },
    ethernet,
    statement(CLASSIC_TXA),
    statement(alu('ADD'), 12),
    statement(ST, protocol),
    statement(alu('ADD'), 2),
    statement(CLASSIC_TAX),
  ];
}

/** Inside Geneve there is a frame with addresses only when its payload is not where the frame begins. */
export function geneveFrameCheck(cx: Context): Predicate {
  const frame = cx.header.variable!;
  const payload = cx.needPayload().variable!;
  return not(test([loadA(cx.wordOf(frame)), loadX(cx.wordOf(payload))], JEQ | X));
}

function variable(cx: Context): Variable {
  return { word: cx.take() };
}

function place(variable: Variable): Place {
  return { constant: 0, variable };
}
