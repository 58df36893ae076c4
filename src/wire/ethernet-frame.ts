/** The view of an Ethernet frame: addresses, tags, LLC, and where its payload lies. */

/** A parsed frame; one is reused for all. */
export class EthernetFrame {
  destinationHigh = 0;
  destinationLow = 0;
  sourceHigh = 0;
  sourceLow = 0;
  /** EtherType of the payload, behind tags and SNAP; 0 for an LLC frame of another protocol. */
  etherType = 0;
  /** First byte of the payload and the offset behind its last (by the length field where there is one). */
  payloadOffset = 0;
  payloadEnd = 0;
  /** 802.1Q tags found: 0, 1 or 2. */
  vlanTags = 0;
  /** VLAN id (0: priority only), priority 0 to 7 and drop eligibility of the innermost tag. */
  vlanId = 0;
  vlanPriority = 0;
  vlanDropEligible = false;
  /** VLAN id of the outer tag of two. */
  outerVlanId = 0;
  /** The frame has a length field and an LLC header. */
  isLlc = false;
  /** LLC service access points and control field. */
  dsap = 0;
  ssap = 0;
  control = 0;
  /** SNAP organisation code, 0 where EtherTypes are used. */
  snapOui = 0;

  /** Sent to a group: multicast or broadcast. */
  get isGroup(): boolean {
    return (this.destinationHigh & 0x100) !== 0;
  }

  get isBroadcast(): boolean {
    return this.destinationHigh === 0xffff && this.destinationLow === -1;
  }
}
