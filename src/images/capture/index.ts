export { type CapturedVersion, type CaptureRequest, captureVersion } from './capture.ts';
export type { CaptureForm } from './plan.ts';
