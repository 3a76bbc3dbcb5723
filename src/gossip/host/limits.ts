/** Bounds of the mesh's connections. Each has its reason; tests may lower them. */

/** Two for each of the hundred nearest of a large lab, and room for those who dial for one request. */
export const MAX_CONNECTIONS = 300;
/** Opening a TCP connection and the handshake takes milliseconds on a LAN; a starved PC gets this long. */
export const DIAL_TIMEOUT_MS = 4_000;
/** One address of several gets half of it, so that a second one is still tried. */
export const ADDRESS_TIMEOUT_MS = 2_000;
/** Strangers that connect and say nothing are cut after this. */
export const UPGRADE_TIMEOUT_MS = 5_000;
/** New connections a second from one address: a whole lab behind one NAT comes back after a power cut within seconds. */
export const INBOUND_PER_SECOND = 30;
/** Handshakes under way at once, for the same morning. */
export const PENDING_INBOUND = 64;
/** Of these, from one address: a hostile PC that connects and says nothing leaves room for the others. */
export const PENDING_PER_ADDRESS = PENDING_INBOUND / 4;
/** Streams of one connection at once, all protocols together: 32 requests each way and the standing ones. */
export const STREAMS_PER_CONNECTION = 128;
/** Streams the other side may open before they are negotiated. */
export const EARLY_STREAMS = 32;
/** What a peer may have sent us on one stream before we read it. Bulk does not travel here, so a large window brings nothing. */
export const STREAM_WINDOW = 1 << 20;
