/** Which dialog is open. */
import { signal } from '@preact/signals';

export const dialog = signal<'scenes' | 'keys' | 'take-away' | null>(null);
