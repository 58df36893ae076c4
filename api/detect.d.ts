// What 'woshou/detect' exports. Written by "npm run api:update".

export const DETECTION_DEFAULTS: DetectionSettings;

export interface DetectionEvent {
    readonly kind: DetectionKind;
    readonly timeUs: number;
    readonly source: string | null;
    readonly target: string | null;
    readonly port: number;
    readonly count: number;
}

export type DetectionKind = 'syn-flood' | 'vertical-scan' | 'horizontal-scan' | 'rst-storm' | 'half-open';

export interface DetectionSettings {
    readonly windowMs: number;
    readonly quietMs: number;
    readonly verticalPorts: number;
    readonly horizontalHosts: number;
    readonly synFlood: number;
    readonly halfOpen: number;
    readonly rstStorm: number;
    readonly sourcesMax: number;
    readonly servicesMax: number;
}

export class TrafficDetector {
    readonly settings: DetectionSettings;
    droppedEvents: number;
    constructor(random: RandomSource, changes?: Partial<DetectionSettings>);
    frameSeen(timeUs: number, slot: Slot, medium: LinkMedium): void;
    takeEvents(): DetectionEvent[];
}

export function detectionSettings(changes?: Partial<DetectionSettings>): DetectionSettings;
