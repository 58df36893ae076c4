/** woshou/detect: named events for scans, floods and storms, read off the packets that pass. */
export { type DetectionEvent, type DetectionKind, TrafficDetector } from './detector.ts';
export { DETECTION_DEFAULTS, type DetectionSettings, detectionSettings } from './settings.ts';
