/// How the page looks, by day and by night.
enum PageStyle {
    static let css = """
        :root {
          --page: #fafaf8; --card: #ffffff; --text: #1d1d1b; --soft: #63635e; --grid: #e4e4df;
          --band: #f0f0ec; --c0: #2563c9; --c1: #0f8a68; --c2: #c2570c; --c3: #a02a5f;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #161615; --card: #1f1f1d; --text: #ecece8; --soft: #a3a39c; --grid: #363632;
            --band: #292926; --c0: #74a7f7; --c1: #4fc9a2; --c2: #f2a15f; --c3: #ee86b4;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; background: var(--page); color: var(--text);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif;
        }
        main { max-width: 940px; margin: 0 auto; padding: 32px 20px 64px; }
        h1 { font-size: 26px; margin: 0; letter-spacing: -0.01em; }
        h2 { font-size: 17px; margin: 36px 0 10px; }
        .sub { color: var(--soft); margin: 4px 0 24px; }
        .tiles, .columns { display: grid; gap: 12px; }
        .tiles { grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); }
        .tiles div, figure, .scroll {
          background: var(--card); border: 1px solid var(--grid); border-radius: 10px;
        }
        .tiles div { padding: 12px 14px; }
        .tiles b { display: block; font-size: 21px; font-variant-numeric: tabular-nums; }
        .tiles span { color: var(--soft); font-size: 13px; }
        figure { margin: 0; padding: 14px 14px 6px; }
        svg { display: block; width: 100%; height: auto; }
        .legend { margin: 0 0 8px; display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; }
        .legend i {
          display: inline-block; width: 18px; height: 3px; border-radius: 2px; margin-right: 7px;
          vertical-align: middle;
        }
        .grid { stroke: var(--grid); stroke-width: 1; }
        .band { fill: var(--band); }
        .tick, .axis { fill: var(--soft); font-size: 12px; }
        polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
        circle { stroke: var(--card); stroke-width: 1.5; }
        .c0 { background: var(--c0); } .l0 { stroke: var(--c0); } .m0 { fill: var(--c0); }
        .c1 { background: var(--c1); } .l1 { stroke: var(--c1); } .m1 { fill: var(--c1); }
        .c2 { background: var(--c2); } .l2 { stroke: var(--c2); } .m2 { fill: var(--c2); }
        .c3 { background: var(--c3); } .l3 { stroke: var(--c3); } .m3 { fill: var(--c3); }
        .scroll { overflow-x: auto; margin: 0 0 14px; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { text-align: right; padding: 7px 14px; white-space: nowrap; }
        th { color: var(--soft); font-weight: 500; font-size: 13px; }
        th:first-child, td:first-child { text-align: left; }
        tbody td { border-top: 1px solid var(--grid); }
        .columns { grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); }
        .columns .scroll { margin: 0; align-self: start; }
        """
}
