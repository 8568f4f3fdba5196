"""One piece of work a file, done at one size. Each offers `work(**sizes)` → quantity → value; `grown` calls it."""
