/** Timer kinds of the IP, ICMP and UDP rooms in the stack's one wheel: 100 to 199. */
export const IpTimerKind = {
  first: 100,
  neighbor: 100,
  duplicateAddressDetection: 101,
  addressLifetime: 102,
  routerSolicitation: 103,
  routeLifetime: 104,
  groupReport: 105,
  querierReport: 106,
  reassembly: 120,
  pathMtu: 121,
  last: 199,
} as const;
