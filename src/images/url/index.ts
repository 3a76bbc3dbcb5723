export { type DownloadPatience, type DownloadRequest, downloadUrl } from './download.ts';
export { checkedUrl, type Reach } from './reply.ts';
