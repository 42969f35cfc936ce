// The little that the page uses of the vendored modules that come without
// small type declarations of their own.

declare module 'preact' {
  export interface VNode {
    type: unknown;
    props: Record<string, unknown>;
  }
  export type Child = VNode | string | number | bigint | boolean | null | undefined | Child[];
  export function h(type: unknown, props: Record<string, unknown> | null, ...children: Child[]): VNode;
  export function render(node: VNode, parent: Element): void;
}

declare module 'preact/hooks' {
  type Undo = void | (() => void);
  export function useState<T>(initial: T | (() => T)): [T, (next: T | ((last: T) => T)) => void];
  export function useRef<T>(initial: T): { current: T };
  export function useEffect(run: () => Undo, inputs?: unknown[]): void;
  export function useLayoutEffect(run: () => Undo, inputs?: unknown[]): void;
}

declare module '@preact/signals' {
  export { signal, computed, effect, batch, untracked, Signal, ReadonlySignal } from '@preact/signals-core';
  import type { Signal } from '@preact/signals-core';
  export function useSignal<T>(initial: T): Signal<T>;
  export function useSignalEffect(run: () => void | (() => void)): void;
}

declare module 'htm' {
  import type { VNode } from 'preact';
  const htm: {
    bind(h: unknown): (strings: TemplateStringsArray, ...values: unknown[]) => VNode;
  };
  export default htm;
}
