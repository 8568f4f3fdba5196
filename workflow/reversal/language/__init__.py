"""Real language models: trained here on text about real facts, or published ones, and one probe for both."""
