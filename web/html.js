// Templates: text stays text. htm makes nodes, never markup from strings.

import { h } from 'preact';
import htm from 'htm';

export const html = htm.bind(h);
