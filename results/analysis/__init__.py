"""The statistics: what a record lets one conclude."""
