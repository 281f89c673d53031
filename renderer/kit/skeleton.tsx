// A placeholder for what is loading, of the same size, so that nothing jumps.
import type { CSSProperties, ReactNode } from 'react';
import kit from './primitives.module.css';
import styles from './skeleton.module.css';

type SkeletonProps = {
  readonly width?: CSSProperties['width'];
  readonly height?: CSSProperties['height'];
};

export function Skeleton({ width = '100%', height = 16 }: SkeletonProps): ReactNode {
  return <span aria-hidden className={styles.skeleton} style={{ width, height }} />;
}

/** Rows of a list or table that is loading. */
export function SkeletonRows({ rows }: { readonly rows: number }): ReactNode {
  return (
    <div className={kit.stack3} aria-hidden>
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={20} width={`${100 - ((index * 37) % 30)}%`} />
      ))}
    </div>
  );
}
