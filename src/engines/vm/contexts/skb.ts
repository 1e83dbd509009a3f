// The socket buffer as programs see it: struct __sk_buff (192 bytes, include/uapi/linux/bpf.h). The kernel rewrites loads of its
// fields into loads of the real buffer; here the struct itself lies in linear memory, and `data`, `data_end` and `data_meta` hold
// addresses, so a load of them is the pointer.

export const SKB_BYTES = 192;

/** Offsets. All fields are u32 but `tstamp`, `hwtstamp`, `flow_keys` and `sk` (u64) and `tstamp_type` (u8). */
export const SkbField = {
  LEN: 0,
  PKT_TYPE: 4,
  MARK: 8,
  QUEUE_MAPPING: 12,
  /** In network order. */
  PROTOCOL: 16,
  VLAN_PRESENT: 20,
  VLAN_TCI: 24,
  VLAN_PROTO: 28,
  PRIORITY: 32,
  INGRESS_IFINDEX: 36,
  IFINDEX: 40,
  TC_INDEX: 44,
  CB: 48,
  HASH: 68,
  TC_CLASSID: 72,
  DATA: 76,
  DATA_END: 80,
  NAPI_ID: 84,
  FAMILY: 88,
  REMOTE_IP4: 92,
  LOCAL_IP4: 96,
  REMOTE_IP6: 100,
  LOCAL_IP6: 116,
  REMOTE_PORT: 132,
  LOCAL_PORT: 136,
  DATA_META: 140,
  FLOW_KEYS: 144,
  TSTAMP: 152,
  WIRE_LEN: 160,
  GSO_SEGS: 164,
  SK: 168,
  GSO_SIZE: 176,
  TSTAMP_TYPE: 180,
  HWTSTAMP: 184,
} as const;
